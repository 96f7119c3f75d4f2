/** The usage of answers, in memory. */
import type {Page} from '@chatlet/protocol';
import {roundUsd} from '../../engine/prices.ts';
import {
  type Owner,
  type OwnerUsage,
  type PageRequest,
  type UsageRecord,
  type UsageSum,
  type UsageSumsRequest,
  type UsageTime,
  mostUsageSums,
} from '../../engine/store.ts';
import {checkLimit, readSequence} from '../cursor.ts';
import {firstPage} from './pages.ts';

/** Answers that are kept, which is more than a day has: some 30 MB. The oldest are forgotten. */
const mostRecords = 100_000;

interface Kept {
  readonly sequence: number;
  readonly owner: Owner;
  readonly record: UsageRecord;
}

const within = ({from = '', to = '~'}: UsageTime, {createdAt}: UsageRecord) => createdAt >= from && createdAt < to;
const tokensOf = ({promptTokens, completionTokens}: Pick<UsageRecord, 'promptTokens' | 'completionTokens'>) =>
  promptTokens + completionTokens;

export function createUsage() {
  let kept: Kept[] = [];
  let sequence = 0;

  /** The kind of owner, the day, the model and the figures stay, which sums over all owners need. */
  const anonymous = ({record: {chatId: _chatId, ...record}, ...rest}: Kept): Kept => ({
    ...rest,
    owner: rest.owner.slice(0, rest.owner.indexOf(':') + 1),
    record: {...record, messageId: '', createdAt: `${record.createdAt.slice(0, 10)}T00:00:00.000Z`},
  });

  const since = (from: string, ownersBeginWith: string) =>
    kept.filter(({owner, record}) => record.createdAt >= from && owner.startsWith(ownersBeginWith));

  return {
    add(owner: Owner, record: UsageRecord): void {
      sequence += 1;
      kept.push({sequence, owner, record});
      if (kept.length > 1.1 * mostRecords) kept = kept.slice(-mostRecords);
    },

    list(owner: Owner, {limit, cursor, ...time}: PageRequest & UsageTime): Page<UsageRecord> {
      const before = readSequence('usage', cursor);
      checkLimit(limit);
      const own = kept
        .filter((each) => each.owner === owner && each.sequence < before && within(time, each.record))
        .toReversed();
      const page = firstPage(own, limit, (each) => ['usage', String(each.sequence)]);
      return {...page, items: page.items.map(({record}) => record)};
    },

    sum(owner: Owner, {by, ...time}: UsageSumsRequest): readonly UsageSum[] {
      const own = kept.filter((each) => each.owner === owner && within(time, each.record));
      const groups = Map.groupBy(own, ({record}) =>
        JSON.stringify([by.includes('day') && record.createdAt.slice(0, 10), by.includes('model') && record.model]),
      );
      return [...groups.values()]
        .map((group) =>
          sumUp(
            group.map(({record}) => record),
            by,
          ),
        )
        .toSorted(
          (a, b) =>
            compare(b.day ?? '', a.day ?? '') || tokensOf(b) - tokensOf(a) || compare(a.model ?? '', b.model ?? ''),
        )
        .slice(0, mostUsageSums);
    },

    makeAnonymous(owner: Owner): void {
      kept = kept.map((each) => (each.owner === owner ? anonymous(each) : each));
    },

    makeOldAnonymous(ownersBeginWith: string, before: string): void {
      const isOld = ({owner, record}: Kept) => owner.startsWith(ownersBeginWith) && record.createdAt < before;
      kept = kept.map((each) => (isOld(each) ? anonymous(each) : each));
    },

    sumSince(from: string, ownersBeginWith: string): {readonly tokens: number; readonly cost: number} {
      const records = since(from, ownersBeginWith).map(({record}) => record);
      return {tokens: total(records.map(tokensOf)), cost: total(records.map(({cost = 0}) => cost))};
    },

    sumOfOwnersSince(from: string, {beginWith, limit}: {beginWith: string; limit: number}): readonly OwnerUsage[] {
      return [...Map.groupBy(since(from, beginWith), ({owner}) => owner)]
        .map(([owner, group]) => ({
          owner,
          tokens: total(group.map(({record}) => tokensOf(record))),
          cost: roundUsd(total(group.map(({record}) => record.cost ?? 0))),
        }))
        .toSorted((a, b) => b.tokens - a.tokens || compare(a.owner, b.owner))
        .slice(0, limit);
    },
  };
}

function sumUp(records: readonly UsageRecord[], by: UsageSumsRequest['by']): UsageSum {
  const [first] = records;
  /** Undefined if no record knows it. */
  const known = (field: 'cachedTokens' | 'cacheWriteTokens' | 'reasoningTokens' | 'cost') => {
    const values = records.flatMap((record) => record[field] ?? []);
    return values.length === 0 ? undefined : total(values);
  };
  const {cachedTokens, cacheWriteTokens, reasoningTokens, cost} = {
    cachedTokens: known('cachedTokens'),
    cacheWriteTokens: known('cacheWriteTokens'),
    reasoningTokens: known('reasoningTokens'),
    cost: known('cost'),
  };
  return {
    ...(by.includes('day') && first && {day: first.createdAt.slice(0, 10)}),
    ...(by.includes('model') && first && {model: first.model}),
    answers: records.length,
    promptTokens: total(records.map(({promptTokens}) => promptTokens)),
    completionTokens: total(records.map(({completionTokens}) => completionTokens)),
    ...(cachedTokens !== undefined && {cachedTokens}),
    ...(cacheWriteTokens !== undefined && {cacheWriteTokens}),
    ...(reasoningTokens !== undefined && {reasoningTokens}),
    ...(cost !== undefined && {cost: roundUsd(cost)}),
    estimated: records.some(({estimated}) => estimated),
  };
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));

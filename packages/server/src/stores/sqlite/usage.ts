/** The table of the usage of answers. Knows no transaction: its caller runs writes in one. */
import type {Page} from '@chatlet/protocol';
import {roundUsd} from '../../engine/prices.ts';
import {
  type MaxAge,
  type Owner,
  type OwnerUsage,
  type PageRequest,
  type UsageDetails,
  type UsageRecord,
  type UsageSum,
  type UsageSumsRequest,
  type UsageTime,
  mostUsageSums,
} from '../../engine/store.ts';
import {checkLimit, readSequence} from '../cursor.ts';
import {type Row, type Sql, numberIn, readPage, textIn} from './database.ts';
import type {ChangedPart} from './small-steps.ts';

/** Rows that are made anonymous in one step. */
const rowsAtOnce = 50;

export function createUsageTable(sql: Sql) {
  /** The kind of owner, the day, the model and the figures stay, which sums over all owners need. */
  const makeAnonymous = (owner: Owner, sequence: number) =>
    sql(
      `update usage set owner = ?, message_id = '', chat_id = null,
         created_at = substr(created_at, 1, 10) || 'T00:00:00.000Z'
       where sequence = ?`,
    ).run(kindOf(owner), sequence);

  /** The next owner of this kind in the order of names. Anonymous rows come before all others of their kind. */
  const ownerAfter = (owner: Owner, ownersBeginWith: string): Owner | undefined => {
    const row = sql('select owner from usage where owner > ? order by owner limit 1').get(owner);
    const next = row && textIn(row, 'owner');
    return next?.startsWith(ownersBeginWith) ? next : undefined;
  };

  return {
    add(owner: Owner, record: UsageRecord): void {
      sql(
        `insert into usage
         (owner, message_id, chat_id, model, prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens,
          reasoning_tokens, cost, estimated, created_at)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        owner,
        record.messageId,
        record.chatId ?? null,
        record.model,
        record.promptTokens,
        record.completionTokens,
        record.cachedTokens ?? null,
        record.cacheWriteTokens ?? null,
        record.reasoningTokens ?? null,
        record.cost ?? null,
        Number(record.estimated),
        record.createdAt,
      );
    },

    list(owner: Owner, {limit, cursor, ...time}: PageRequest & UsageTime): Page<UsageRecord> {
      const before = readSequence('usage', cursor);
      const rows = sql(
        `select * from usage where owner = ? and sequence < ? and created_at >= ? and created_at < ?
         order by sequence desc limit ?`,
      ).all(owner, before, ...boundsOf(time), checkLimit(limit) + 1);
      return readPage(rows, {limit, read: readUsage, place: (_, row) => ['usage', String(row['sequence'])]});
    },

    sum(owner: Owner, {by, ...time}: UsageSumsRequest): readonly UsageSum[] {
      // `null` puts all days, or all models, into one group.
      const day = by.includes('day') ? 'substr(created_at, 1, 10)' : 'null';
      const model = by.includes('model') ? 'model' : 'null';
      const rows = sql(
        `select ${day} as day, ${model} as model, count(*) as answers, sum(prompt_tokens) as prompt_tokens,
           sum(completion_tokens) as completion_tokens, sum(cached_tokens) as cached_tokens,
           sum(cache_write_tokens) as cache_write_tokens, sum(reasoning_tokens) as reasoning_tokens, sum(cost) as cost, max(estimated) as estimated
         from usage where owner = ? and created_at >= ? and created_at < ?
         group by 1, 2 order by 1 desc, sum(prompt_tokens) + sum(completion_tokens) desc, 2 limit ${mostUsageSums}`,
      ).all(owner, ...boundsOf(time));
      return rows.map(readUsageSum);
    },

    /** Makes some rows of the owner anonymous, and returns how many. */
    makeAnonymous(owner: Owner): number {
      const rows = sql(`select sequence from usage where owner = ? limit ${rowsAtOnce}`).all(owner);
      for (const row of rows) makeAnonymous(owner, numberIn(row, 'sequence'));
      return rows.length;
    },

    /**
     * Makes some rows anonymous that are too old, of the first owner after this one. The rows of an owner are in the order
     * of time, so none is looked at that stays, except the oldest.
     */
    makeOldAnonymous(after: Owner, {ownersBeginWith, before}: MaxAge): ChangedPart<Owner> {
      const owner = ownerAfter(after, ownersBeginWith);
      if (owner === undefined) return {count: 0, next: undefined};
      const old: number[] = [];
      for (const row of sql('select sequence, created_at from usage where owner = ? order by sequence').iterate(
        owner,
      )) {
        if (old.length === rowsAtOnce || textIn(row, 'created_at') >= before) break;
        old.push(numberIn(row, 'sequence'));
      }
      for (const sequence of old) makeAnonymous(owner, sequence);
      return {count: old.length, next: old.length < rowsAtOnce ? owner : after};
    },

    sumSince(from: string, ownersBeginWith: string): {readonly tokens: number; readonly cost: number} {
      const row = sql(
        `select coalesce(sum(prompt_tokens + completion_tokens), 0) as tokens, coalesce(sum(cost), 0) as cost
         from usage where created_at >= ? and substr(owner, 1, length(?)) = ?`,
      ).get(from, ownersBeginWith, ownersBeginWith);
      return {tokens: Number(row?.['tokens'] ?? 0), cost: Number(row?.['cost'] ?? 0)};
    },

    sumOfOwnersSince(from: string, {beginWith, limit}: {beginWith: string; limit: number}): readonly OwnerUsage[] {
      const rows = sql(
        `select owner, sum(prompt_tokens + completion_tokens) as tokens, coalesce(sum(cost), 0) as cost
         from usage where created_at >= ? and substr(owner, 1, length(?)) = ?
         group by owner order by tokens desc, owner limit ?`,
      ).all(from, beginWith, beginWith, limit);
      return rows.map((row) => ({
        owner: textIn(row, 'owner'),
        tokens: numberIn(row, 'tokens'),
        cost: roundUsd(numberIn(row, 'cost')),
      }));
    },
  };
}

/** The owner of anonymous rows: `visitor:` for a visitor. */
function kindOf(owner: Owner): Owner {
  return owner.slice(0, owner.indexOf(':') + 1);
}

/** Stored moments sort as texts; `~` sorts after all of them. */
function boundsOf({from = '', to = '~'}: UsageTime): readonly [from: string, to: string] {
  return [from, to];
}

function readUsage(row: Row): UsageRecord {
  return {
    messageId: textIn(row, 'message_id'),
    ...(row['chat_id'] === null ? {} : {chatId: textIn(row, 'chat_id')}),
    model: textIn(row, 'model'),
    promptTokens: numberIn(row, 'prompt_tokens'),
    completionTokens: numberIn(row, 'completion_tokens'),
    ...readDetails(row),
    ...(row['cost'] === null ? {} : {cost: numberIn(row, 'cost')}),
    estimated: row['estimated'] === 1,
    createdAt: textIn(row, 'created_at'),
  };
}

function readDetails(row: Row): UsageDetails {
  return {
    ...(row['cached_tokens'] === null ? {} : {cachedTokens: numberIn(row, 'cached_tokens')}),
    ...(row['cache_write_tokens'] === null ? {} : {cacheWriteTokens: numberIn(row, 'cache_write_tokens')}),
    ...(row['reasoning_tokens'] === null ? {} : {reasoningTokens: numberIn(row, 'reasoning_tokens')}),
  };
}

function readUsageSum(row: Row): UsageSum {
  return {
    ...(row['day'] === null ? {} : {day: textIn(row, 'day')}),
    ...(row['model'] === null ? {} : {model: textIn(row, 'model')}),
    answers: numberIn(row, 'answers'),
    promptTokens: numberIn(row, 'prompt_tokens'),
    completionTokens: numberIn(row, 'completion_tokens'),
    ...readDetails(row),
    ...(row['cost'] === null ? {} : {cost: roundUsd(numberIn(row, 'cost'))}),
    estimated: row['estimated'] === 1,
  };
}

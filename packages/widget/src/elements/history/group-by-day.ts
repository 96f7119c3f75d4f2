/** Sorts chats under the days they were last used: today, yesterday, the last week, then months. Pure. */
import type {Chat} from '@chatlet/protocol';
import type {Words} from '../../translations/words.ts';

export interface ChatGroup {
  readonly title: string;
  readonly chats: readonly Chat[];
}

/** In the order that the chats come in. */
export function groupByDay(chats: readonly Chat[], {now, words}: {now: number; words: Words}): readonly ChatGroup[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const months = new Intl.DateTimeFormat(words.language, {month: 'long', year: 'numeric'});
  const groups = new Map<string, Chat[]>();
  for (const chat of chats) {
    const date = new Date(chat.updatedAt);
    // Rounded, because a day is 23 or 25 hours long twice a year.
    const days = Math.round((midnight - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
    const title =
      days <= 0 ? words.today : days === 1 ? words.yesterday : days <= 7 ? words.lastWeek : months.format(date);
    groups.set(title, [...(groups.get(title) ?? []), chat]);
  }
  return [...groups].map(([title, members]) => ({title, chats: members}));
}

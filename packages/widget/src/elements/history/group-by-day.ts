/** Groups chats by the day of their last use: today, yesterday, the last week, then months. Pure. */
import type {Chat} from '@chatlet/protocol';
import type {Words} from '../../translations/words.ts';

export interface ChatGroup {
  readonly title: string;
  readonly chats: readonly Chat[];
}

/** The groups, in the order of the chats. */
export function groupByDay(chats: readonly Chat[], {now, words}: {now: number; words: Words}): readonly ChatGroup[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const months = new Intl.DateTimeFormat(words.language, {month: 'long', year: 'numeric'});
  const groups = new Map<string, Chat[]>();
  for (const chat of chats) {
    const date = new Date(chat.updatedAt);
    // Rounded, because one day a year has 23 hours and one has 25.
    const days = Math.round((midnight - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
    const title =
      days <= 0 ? words.today : days === 1 ? words.yesterday : days <= 7 ? words.lastWeek : months.format(date);
    groups.set(title, [...(groups.get(title) ?? []), chat]);
  }
  return [...groups].map(([title, members]) => ({title, chats: members}));
}

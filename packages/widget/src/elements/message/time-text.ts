/** Writes when a message was sent. Knows no message. */
import {whenCalm} from '../../markdown/index.ts';

type Format = (date: Date) => string;

/** By language. To make the first takes the browser as long as to show a hundred messages. */
const formats = new Map<string, Format>();
const making = new Map<string, Promise<void>>();

/**
 * The time, and the date unless it is of today, such as `9:41 AM` or `Nov 28, 2026, 9:41 AM`. Empty for a moment at the first
 * call for a language; `onReady` is called then.
 */
export function timeText(date: Date, {language, onReady}: {language: string; onReady: () => void}): string {
  const format = formats.get(language);
  if (format) return format(date);
  void prepareTimes(language).then(onReady);
  return '';
}

/** Makes what `timeText` needs for a language, but not while an answer rushes in. What the browser loads for the first serves all others. */
export async function prepareTimes(language = 'en'): Promise<void> {
  if (!making.has(language)) making.set(language, make(language));
  await making.get(language);
}

async function make(language: string): Promise<void> {
  await new Promise<void>(whenCalm);
  const time = new Intl.DateTimeFormat(language, {timeStyle: 'short'});
  const dateAndTime = new Intl.DateTimeFormat(language, {timeStyle: 'short', dateStyle: 'medium'});
  formats.set(language, (date) => {
    const isToday = date.toDateString() === new Date().toDateString();
    return (isToday ? time : dateAndTime).format(date);
  });
}

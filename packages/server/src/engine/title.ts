/** What a new chat is called. */
import {textOf, type Message} from '@chatlet/protocol';

const longest = 60;

/** The beginning of the question, cut between two words; the first file's name where there are no words. */
export function titleOf(question: Pick<Message, 'parts'>): string {
  const text = textOf(question).replace(/\s+/gu, ' ').trim();
  if (text === '') {
    const file = question.parts.find((part) => part.type === 'file');
    return file?.name ?? 'New chat';
  }
  // By characters as people count them: half an emoji would be no character at all.
  const letters = Array.from(text);
  if (letters.length <= longest) return text;
  const cut = letters.slice(0, longest).join('');
  const space = cut.lastIndexOf(' ');
  // A first word longer than half the title is cut inside: better half a URL than one short word.
  return `${space > longest / 2 ? cut.slice(0, space) : cut}…`;
}

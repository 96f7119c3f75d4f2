/** The title of a new chat. */
import {textOf, type Message} from '@chatlet/protocol';

const longest = 60;

/** The beginning of the question, cut between two words; the first file's name if there is no text. */
export function titleOf(question: Pick<Message, 'parts'>): string {
  const text = textOf(question).replace(/\s+/gu, ' ').trim();
  if (text === '') {
    const file = question.parts.find((part) => part.type === 'file');
    return file?.name ?? 'New chat';
  }
  // Counted in whole characters, since a cut must not split an emoji.
  const letters = Array.from(text);
  if (letters.length <= longest) return text;
  const cut = letters.slice(0, longest).join('');
  const space = cut.lastIndexOf(' ');
  // If the last space is in the first half, the cut goes through a word: half a URL is better than one short word.
  return `${space > longest / 2 ? cut.slice(0, space) : cut}…`;
}

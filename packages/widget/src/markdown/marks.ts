/**
 * Marks that name the source of the text before them. In text that is being read, a mark is a pair of noncharacters: no
 * message contains one (the view replaces them), and no rule of Markdown reads them. Loaded with the first mark; it gets
 * the engine's functions as arguments.
 */
import type {InlineToken} from './grammar.ts';
import type {Mark, Marks, PlacedMark} from './message-context.ts';
import type {Shape} from './nodes.ts';

/** Two hexadecimal digits. */
const pair = /([\uFDD0-\uFDDF])([\uFDE0-\uFDEF])/g;
const firstDigit = 0xfdd0;
const secondDigit = 0xfde0;
/** A message has room for so many marks. */
const mostMarks = 256;

export function createMarks(): Marks {
  const shapes: Shape[] = [];
  return {
    write(mark) {
      const index = shapes.length;
      if (index === mostMarks) return '';
      shapes.push(shapeOf(mark));
      return String.fromCharCode(firstDigit + (index >> 4), secondDigit + (index & 15));
    },
    isWhole: (text) => !/[\uFDD0-\uFDDF]$/.test(text),
    placeInLine: (line) => line.replace(/([ \t]{0,9}\|[ \t]*)([\uFDD0-\uFDEF]+)[ \t]*$/, '$2$1'),
    take,
    put: putMarks,
    shape: (index) => shapes[index],
  };
}

/** Takes the marks out of a text. */
function take(text: string): {readonly text: string; readonly marks: readonly PlacedMark[]} {
  const marks: PlacedMark[] = [];
  const plain = text.replace(pair, (_, high: string, low: string, at: number) => {
    const index = ((high.charCodeAt(0) - firstDigit) << 4) + low.charCodeAt(0) - secondDigit;
    marks.push({index, at: at - 2 * marks.length});
    return '';
  });
  return {text: plain, marks};
}

/**
 * Puts marks between the tokens of a text that begins at `from`. A text is split at a mark. A mark within a link, code or a
 * formula goes behind it. Marks behind the end are left out: the text before them is still held back.
 */
function putMarks(tokens: readonly InlineToken[], marks: readonly PlacedMark[], from: number): readonly InlineToken[] {
  const rest = [...marks];
  const out: InlineToken[] = [];
  const takeUpTo = (end: number): readonly PlacedMark[] => {
    const behind = rest.findIndex(({at}) => at > end);
    return rest.splice(0, behind === -1 ? rest.length : behind);
  };
  const put = (taken: readonly PlacedMark[]): void => {
    for (const {index} of taken) out.push({type: 'mark', raw: '', index});
  };
  let at = from;
  put(takeUpTo(at));
  for (const token of tokens) {
    const end = at + token.raw.length;
    if (token.type === 'text') {
      let {raw} = token;
      for (const mark of takeUpTo(end)) {
        const before = raw.slice(0, mark.at - at);
        if (before) out.push({type: 'text', raw: before, text: before});
        put([mark]);
        raw = raw.slice(before.length);
        at = mark.at;
      }
      if (raw) out.push({type: 'text', raw, text: raw});
    } else if (token.type === 'strong' || token.type === 'em' || token.type === 'del') {
      // The signs of emphasis are as long at both ends.
      const inside = token.tokens.map(({raw}) => raw).join('').length;
      const edge = (token.raw.length - inside) / 2;
      out.push({...token, tokens: putMarks(token.tokens, takeUpTo(end - edge), at + edge)});
    } else out.push(token);
    at = end;
    put(takeUpTo(end));
  }
  return out;
}

/** The style sheet draws the number, so the text of a message has no numbers. */
const shapeOf = ({id, number, label}: Mark): Shape => ({
  tag: 'button',
  attributes: {
    type: 'button',
    class: 'citation',
    'data-mark': id,
    'data-number': `${number}`,
    'aria-label': label,
    'aria-haspopup': 'dialog',
  },
  inside: [],
  key: id,
});

/** The style sheet of marks, for the root of a message with marks. */
export const markStyles = `
.markdown button.citation{position:relative;min-inline-size:17px;min-block-size:17px;margin:-8px 0 -3px;margin-inline-start:3px;padding:0 4px;border:0;border-radius:6px;background:var(--_mark,light-dark(#e4e8ef,#2a2f3a));color:var(--_link);font-size:calc(11*var(--_px));font-weight:600;line-height:calc(17*var(--_px));text-align:center;vertical-align:.35em;user-select:none;font-variant-numeric:tabular-nums}
.markdown .citation+.citation{margin-inline-start:2px}
.markdown .citation::before{content:attr(data-number)}
.markdown .citation::after{content:'';position:absolute;inset:-4px -1px}
.markdown button.citation:is(:hover,[aria-expanded=true]){background:var(--_link);color:var(--_mark-ink,light-dark(#fff,#14171c))}
@media(pointer:coarse){.markdown .citation::after{inset:-14px -8px}}
@media(forced-colors:active){.markdown button.citation{border:1px solid ButtonText}}
`;

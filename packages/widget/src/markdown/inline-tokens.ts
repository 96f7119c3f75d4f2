/** marked's inline tokens as pieces to draw. Decides what a link, an image and raw HTML may be. Draws nothing. */
import {decode} from './entities.ts';
import type {Formula, Image, InlineToken, Link} from './grammar.ts';
import {readLink, readPicture} from './links.ts';
import type {Piece, Shape} from './nodes.ts';
import type {MessageContext} from './message-context.ts';
import {allowed, dropped, dress, readTag, single} from './tags.ts';

/** An element whose content is still being collected. */
interface Level {
  readonly shape: Omit<Shape, 'inside'> | undefined;
  readonly pieces: Piece[];
  readonly name: string;
}

function add(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (typeof piece === 'string' && typeof last === 'string') pieces[pieces.length - 1] = last + piece;
  else if (piece !== '') pieces.push(piece);
}

/** Raw HTML nests this deep; deeper tags are dropped. */
const deepest = 32;

const plain = (tag: string, inside: readonly Piece[], attributes: Shape['attributes'] = {}): Shape => ({
  tag,
  attributes,
  inside,
});

/** The address as marked writes it, or nothing where it cannot be written. */
function address(href: string): string | undefined {
  try {
    return encodeURI(href).replaceAll('%25', '%');
  } catch {
    return undefined;
  }
}

/** All text of tokens, for what has room for text only. */
function wordsOf(tokens: readonly InlineToken[]): string {
  let words = '';
  for (const token of tokens) {
    if (token.type === 'codespan') words += token.text;
    else if ('tokens' in token) words += wordsOf(token.tokens);
    else if (token.type === 'text' || token.type === 'escape') words += decode(token.text);
  }
  return words;
}

function link(token: Link, context: MessageContext, growing: boolean): readonly Piece[] {
  const inside = token.autolink ? [token.text] : piecesOf(token.tokens, context);
  const written = address(token.href);
  if (written === undefined) return inside;
  const href = token.autolink ? written : decode(written);
  // An address that still grows leads nowhere yet.
  const safe = growing ? undefined : readLink(href, token.autolink ? token.text : wordsOf(token.tokens));
  if (!safe) return [plain('a', inside)];
  const attributes: Record<string, string> = {href: safe.href};
  if (token.title) attributes['title'] = decode(token.title);
  if (safe.leaves) attributes['target'] = '_blank';
  attributes['rel'] = 'noopener noreferrer nofollow';
  if (safe.host) attributes['data-host'] = safe.host;
  return [plain('a', inside, attributes)];
}

function image(token: Image, context: MessageContext): Piece {
  const alt = wordsOf(token.tokens);
  const written = address(token.href);
  if (written === undefined) return alt;
  const {may, src, host} = readPicture(decode(written), context.imageOrigins);
  if (may === 'never') return alt;
  const title: Record<string, string> = token.title ? {title: decode(token.title)} : {};
  if (may === 'load') return plain('img', [], {src, alt, ...title});
  context.listen();
  return plain('button', [context.words.loadImage(host), ...(alt ? [plain('span', [alt])] : [])], {
    type: 'button',
    class: 'image',
    'data-src': src,
    'data-alt': alt,
    ...title,
  });
}

function math({text, display, raw}: Formula, context: MessageContext, growing: boolean): Piece {
  const typeset = async (element: HTMLElement): Promise<void> =>
    (await import('./math.ts')).typeset(element, text, display);
  // A formula that still grows is shown as it is written.
  return {
    tag: 'span',
    attributes: {class: display ? 'math display' : 'math', dir: 'ltr'},
    inside: [text],
    ...(growing ? {} : {key: raw, made: (element) => context.waitFor(typeset(element))}),
  };
}

/** The pieces of tokens. The last one may still be `growing`. */
export function piecesOf(tokens: readonly InlineToken[], context: MessageContext, growing = false): readonly Piece[] {
  if (tokens.some(({type}) => type === 'html')) return nestedPiecesOf(tokens, context, growing);
  const pieces: Piece[] = [];
  for (const token of tokens) {
    for (const piece of pieceOf(token, context, growing && token === tokens.at(-1))) add(pieces, piece);
  }
  return pieces;
}

/** Where raw HTML is among them, tags hold what stands between them. */
function nestedPiecesOf(tokens: readonly InlineToken[], context: MessageContext, growing: boolean): readonly Piece[] {
  const levels: Level[] = [{shape: undefined, pieces: [], name: ''}];
  /** The name of an element whose content is dropped with it. */
  let hidden = '';
  const top = (): Piece[] => levels.at(-1)?.pieces ?? [];
  const close = (): void => {
    const level = levels.pop();
    if (level?.shape) add(top(), {...level.shape, inside: level.pieces});
  };
  const tag = (raw: string): void => {
    const {name, closes, rich} = readTag(raw);
    if (hidden) {
      if (closes && name === hidden) hidden = '';
    } else if (dropped.has(name)) {
      if (!closes) hidden = name;
    } else if (closes) {
      const index = levels.findLastIndex((level) => level.name === name);
      if (index > 0) for (const _ of levels.slice(index)) close();
    } else if (allowed.has(name)) {
      const shape = {tag: name, attributes: {}, ...(rich ? {key: raw, made: dress(raw, context)} : {})};
      if (single.has(name)) add(top(), {...shape, inside: []});
      else if (levels.length < deepest) levels.push({shape, pieces: [], name});
    }
  };
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'html') tag(token.raw);
    else if (!hidden)
      for (const piece of pieceOf(token, context, growing && index === tokens.length - 1)) add(top(), piece);
  }
  while (levels.length > 1) close();
  return top();
}

function pieceOf(token: InlineToken, context: MessageContext, growing: boolean): readonly Piece[] {
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return [plain(token.type, piecesOf(token.tokens, context))];
    case 'codespan':
      return [plain('code', [token.text], {dir: 'ltr'})];
    case 'br':
      return [plain('br', [])];
    case 'link':
      return link(token, context, growing && token.autolink === true);
    case 'image':
      return [image(token, context)];
    case 'math':
      return [math(token, context, growing)];
    case 'text':
    case 'escape':
      return [decode(token.text)];
    default:
      return [];
  }
}

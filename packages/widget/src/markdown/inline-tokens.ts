/** Turns marked's inline tokens into pieces to draw, and decides which links, images and tags are allowed. Draws nothing. */
import {decodeEntities} from './entities.ts';
import type {Formula, Image, InlineToken, Link} from './grammar.ts';
import {readImage, readLink} from './links.ts';
import type {MessageContext} from './message-context.ts';
import type {Piece, Shape} from './nodes.ts';
import {allowedTags, attributeSetter, droppedTags, readTag, voidTags} from './tags.ts';

/** An element that is still open, with its content so far. */
interface Level {
  readonly shape: Omit<Shape, 'inside'> | undefined;
  readonly pieces: Piece[];
  readonly name: string;
}

export function addPiece(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (typeof piece === 'string' && typeof last === 'string') pieces[pieces.length - 1] = last + piece;
  else if (piece !== '') pieces.push(piece);
}

/** Raw HTML can nest this deep. Deeper tags are dropped. */
const deepestTag = 32;

const createShape = (tag: string, inside: readonly Piece[], attributes: Shape['attributes'] = {}): Shape => ({
  tag,
  attributes,
  inside,
});

/** Returns the address as marked writes it, or nothing if it cannot be encoded. */
function encodeAddress(href: string): string | undefined {
  try {
    return encodeURI(href).replaceAll('%25', '%');
  } catch {
    return undefined;
  }
}

/** Returns the plain text of tokens. */
function textOfTokens(tokens: readonly InlineToken[]): string {
  let words = '';
  for (const token of tokens) {
    if (token.type === 'codespan') words += token.text;
    else if ('tokens' in token) words += textOfTokens(token.tokens);
    else if (token.type === 'text' || token.type === 'escape') words += decodeEntities(token.text);
  }
  return words;
}

function linkPieces(token: Link, context: MessageContext, growing: boolean): readonly Piece[] {
  const inside = token.autolink ? [token.text] : toPieces(token.tokens, context);
  const written = encodeAddress(token.href);
  if (written === undefined) return inside;
  const href = token.autolink ? written : decodeEntities(written);
  // A link with an incomplete address leads nowhere yet.
  const safe = growing ? undefined : readLink(href, token.autolink ? token.text : textOfTokens(token.tokens));
  if (!safe) return [createShape('a', inside)];
  const attributes: Record<string, string> = {href: safe.href};
  if (token.title) attributes['title'] = decodeEntities(token.title);
  if (safe.leaves) attributes['target'] = '_blank';
  attributes['rel'] = 'noopener noreferrer nofollow';
  if (safe.host) attributes['data-host'] = safe.host;
  return [createShape('a', inside, attributes)];
}

function imagePiece(token: Image, context: MessageContext): Piece {
  const alt = textOfTokens(token.tokens);
  const written = encodeAddress(token.href);
  if (written === undefined) return alt;
  const {may, src, host} = readImage(decodeEntities(written), context.imageOrigins);
  if (may === 'never') return alt;
  const title: Record<string, string> = token.title ? {title: decodeEntities(token.title)} : {};
  if (may === 'load') return createShape('img', [], {src, alt, ...title});
  context.listen();
  return createShape('button', [context.words.loadImage(host), ...(alt ? [createShape('span', [alt])] : [])], {
    type: 'button',
    class: 'image',
    'data-src': src,
    'data-alt': alt,
    ...title,
  });
}

function mathPiece({text, display, raw}: Formula, context: MessageContext, growing: boolean): Piece {
  const typeset = async (element: HTMLElement): Promise<void> =>
    (await import('./math.ts')).typeset(element, text, display);
  // An incomplete formula is shown as it is written.
  return {
    tag: 'span',
    attributes: {class: display ? 'math display' : 'math', dir: 'ltr'},
    inside: [text],
    ...(growing ? {} : {key: raw, made: (element) => context.waitFor(typeset(element))}),
  };
}

/** Turns tokens into pieces. The last token may still be `growing`. */
export function toPieces(tokens: readonly InlineToken[], context: MessageContext, growing = false): readonly Piece[] {
  if (tokens.some(({type}) => type === 'html')) return toNestedPieces(tokens, context, growing);
  const pieces: Piece[] = [];
  for (const token of tokens) {
    for (const piece of toPiece(token, context, growing && token === tokens.at(-1))) addPiece(pieces, piece);
  }
  return pieces;
}

/** Turns tokens into pieces if raw HTML is among them: tags hold the tokens between them. */
function toNestedPieces(tokens: readonly InlineToken[], context: MessageContext, growing: boolean): readonly Piece[] {
  const levels: Level[] = [{shape: undefined, pieces: [], name: ''}];
  /** The name of the element that is being dropped with its content. */
  let hidden = '';
  const top = (): Piece[] => levels.at(-1)?.pieces ?? [];
  const close = (): void => {
    const level = levels.pop();
    if (level?.shape) addPiece(top(), {...level.shape, inside: level.pieces});
  };
  const tag = (raw: string): void => {
    const {name, closes, hasAttributes} = readTag(raw);
    if (hidden) {
      if (closes && name === hidden) hidden = '';
    } else if (droppedTags.has(name)) {
      if (!closes) hidden = name;
    } else if (closes) {
      const index = levels.findLastIndex((level) => level.name === name);
      if (index > 0) for (const _ of levels.slice(index)) close();
    } else if (allowedTags.has(name)) {
      const shape = {
        tag: name,
        attributes: {},
        ...(hasAttributes ? {key: raw, made: attributeSetter(raw, context)} : {}),
      };
      if (voidTags.has(name)) addPiece(top(), {...shape, inside: []});
      else if (levels.length < deepestTag) levels.push({shape, pieces: [], name});
    }
  };
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'html') tag(token.raw);
    else if (!hidden)
      for (const piece of toPiece(token, context, growing && index === tokens.length - 1)) addPiece(top(), piece);
  }
  while (levels.length > 1) close();
  return top();
}

function toPiece(token: InlineToken, context: MessageContext, growing: boolean): readonly Piece[] {
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return [createShape(token.type, toPieces(token.tokens, context))];
    case 'codespan':
      return [createShape('code', [token.text], {dir: 'ltr'})];
    case 'br':
      return [createShape('br', [])];
    case 'link':
      return linkPieces(token, context, growing && token.autolink === true);
    case 'image':
      return [imagePiece(token, context)];
    case 'math':
      return [mathPiece(token, context, growing)];
    case 'text':
    case 'escape':
      return [decodeEntities(token.text)];
    default:
      return [];
  }
}

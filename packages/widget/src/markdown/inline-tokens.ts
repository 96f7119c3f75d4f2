/** Turns marked's inline tokens into pieces to draw, and decides which links, images and tags are allowed. Draws nothing. */
import {decodeEntities} from './entities.ts';
import {type Formula, type Image, type InlineToken, type Link, noteScheme} from './grammar.ts';
import {readImage, readLink} from './links.ts';
import type {MessageContext} from './message-context.ts';
import type {Piece, Shape} from './nodes.ts';
import {allowedTags, attributeSetter, readTag, type Tag, voidTags} from './tags.ts';
import {withIndex} from './with-index.ts';

/** An element that is still open, with its content so far. */
interface Level {
  readonly shape: Omit<Shape, 'inside'> | undefined;
  readonly pieces: Piece[];
}

export function addPiece(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (typeof piece === 'string' && typeof last === 'string') pieces[pieces.length - 1] = last + piece;
  else if (piece !== '') pieces.push(piece);
}

/** Raw HTML can nest this deep. Deeper tags are text. */
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
    else if (token.type === 'html' && !isComment(token.raw) && !allowedTags.has(readTag(token.raw).name))
      words += token.raw;
  }
  return words;
}

function linkPieces(token: Link, context: MessageContext, growing: boolean): readonly Piece[] {
  if (token.raw.startsWith('[^') && token.href.startsWith(noteScheme)) {
    context.listen();
    const number = token.href.slice(noteScheme.length);
    return [createShape('sup', [createShape('button', [number], {type: 'button', class: 'footnote-number'})])];
  }
  const inside = token.autolink ? [token.text] : toPieces(token.tokens, context);
  const written = encodeAddress(token.href);
  if (written === undefined) return inside;
  const href = token.autolink ? written : decodeEntities(written);
  // A link with an incomplete address leads nowhere yet.
  const safe = growing ? undefined : readLink(href, token.autolink ? token.text : textOfTokens(token.tokens));
  // `vector<std::string>` is no address.
  if (!safe && !growing && token.raw.startsWith('<')) return [token.raw];
  if (!safe) return [createShape('a', inside)];
  const attributes: Record<string, string> = {href: safe.href};
  if (token.title) attributes['title'] = decodeEntities(token.title);
  if (safe.leaves) attributes['target'] = '_blank';
  else if (safe.href.startsWith('#')) context.listen();
  attributes['rel'] = 'noopener noreferrer nofollow';
  if (safe.host) attributes['data-host'] = safe.host;
  if (safe.misleads) attributes['data-misleads'] = '';
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

const isComment = (raw: string): boolean => raw.startsWith('<!--');

/**
 * Finds out what each token of raw HTML is: a tag of a pair on the allow-list, `dropped`, or text. Without its closing tag,
 * a tag is text (`Use <b> for bold`) if no text may follow.
 */
function readTags(tokens: readonly InlineToken[], growing: boolean): ReadonlyMap<InlineToken, Tag | 'dropped'> {
  const found = new Map<InlineToken, Tag | 'dropped'>();
  const open: {readonly token: InlineToken; readonly tag: Tag}[] = [];
  for (const [index, token] of withIndex(tokens)) {
    if (token.type !== 'html' || found.has(token)) continue;
    const tag = readTag(token.raw);
    const {name, closes} = tag;
    if (isComment(token.raw)) found.set(token, 'dropped');
    else if (!closes && /^(?:script|style)$/.test(name)) {
      const mayEnd = RegExp(`</${name}`, 'i');
      const end = tokens.findIndex(({raw}, at) => at > index && mayEnd.test(raw));
      // An attribute may hold the first end, as in `<style><a title="</style>">`: then all of it is text.
      if (tokens[end]?.type !== 'html' || mayEnd.exec(tokens[end].raw)?.index !== 0) continue;
      for (const each of tokens.slice(index, end + 1)) found.set(each, 'dropped');
    } else if (!allowedTags.has(name)) continue;
    else if (voidTags.has(name)) found.set(token, tag);
    else if (!closes) {
      if (open.length < deepestTag) open.push({token, tag});
    } else {
      const start = open.findLastIndex((each) => each.tag.name === name);
      const pair = open[start];
      if (!pair) continue;
      found.set(pair.token, pair.tag).set(token, tag);
      open.length = start;
    }
  }
  if (growing) for (const {token, tag} of open) found.set(token, tag);
  return found;
}

/** Turns tokens into pieces if raw HTML is among them: tags hold the tokens between them. */
function toNestedPieces(tokens: readonly InlineToken[], context: MessageContext, growing: boolean): readonly Piece[] {
  const levels: Level[] = [{shape: undefined, pieces: []}];
  const tags = readTags(tokens, growing);
  const top = (): Piece[] => levels.at(-1)?.pieces ?? [];
  const close = (): void => {
    const level = levels.pop();
    if (level?.shape) addPiece(top(), {...level.shape, inside: level.pieces});
  };
  for (const token of tokens) {
    const tag = tags.get(token);
    if (tag === 'dropped') continue;
    if (!tag) {
      for (const piece of toPiece(token, context, growing && token === tokens.at(-1))) addPiece(top(), piece);
    } else if (tag.closes && !voidTags.has(tag.name)) close();
    else {
      const shape = {
        tag: tag.name,
        attributes: {},
        ...(tag.hasAttributes ? {key: token.raw, made: attributeSetter(token.raw, context)} : {}),
      };
      if (voidTags.has(tag.name)) addPiece(top(), {...shape, inside: []});
      else levels.push({shape, pieces: []});
    }
  }
  while (levels.length > 1) close();
  return top();
}

function toPiece(token: InlineToken, context: MessageContext, growing: boolean): readonly Piece[] {
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return [createShape(token.type, toPieces(token.tokens, context, growing))];
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
    case 'mark': {
      const shape = context.marks?.shape(token.index);
      return shape ? [shape] : [];
    }
    case 'text':
    case 'escape':
      return [decodeEntities(token.text)];
    default:
      return [token.raw];
  }
}

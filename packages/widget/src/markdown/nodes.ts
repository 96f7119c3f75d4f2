/**
 * Describes inline nodes as data (pieces) and changes the DOM to match them: equal nodes are not touched, text is appended,
 * and a text is split if an element appears in it. Knows no Markdown.
 */
import {withIndex} from './with-index.ts';

export interface Shape {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly inside: readonly Piece[];
  /** Runs once on a new element. A piece with another key gets a new element. */
  readonly made?: (element: HTMLElement) => void;
  readonly key?: string;
}
/** Text, or an element. Two texts never follow each other. */
export type Piece = string | Shape;

export interface Drawn {
  piece: Piece;
  readonly node: ChildNode;
  readonly inside: Drawn[];
}

/** Appends pieces to `parent`. Returns no nodes, because most texts are drawn only once. */
export function draw(parent: Element, pieces: readonly Piece[]): void {
  for (const piece of pieces) {
    if (typeof piece !== 'string') parent.append(create(piece));
    else if (parent.hasChildNodes()) parent.append(piece);
    else parent.textContent = piece;
  }
}

/** Finds the nodes of `pieces`: they are the last children of `parent`. */
export function findDrawn(parent: Node, pieces: readonly Piece[]): Drawn[] {
  const drawn: Drawn[] = [];
  // The search begins at the end: a growing paragraph has many children, and few are new.
  let node = parent.lastChild;
  for (const piece of pieces.toReversed()) {
    if (!node) break;
    drawn.push({piece, node, inside: typeof piece === 'string' ? [] : findDrawn(node, piece.inside)});
    node = node.previousSibling;
  }
  return drawn.reverse();
}

export function create(shape: Shape): HTMLElement {
  const node = createEmpty(shape);
  draw(node, shape.inside);
  return node;
}

function createEmpty(shape: Shape): HTMLElement {
  const node = document.createElement(shape.tag);
  for (const name of Object.keys(shape.attributes)) node.setAttribute(name, shape.attributes[name] ?? '');
  shape.made?.(node);
  return node;
}

function updateAttributes(node: HTMLElement, old: Shape, now: Shape): void {
  for (const name of Object.keys(old.attributes)) if (!Object.hasOwn(now.attributes, name)) node.removeAttribute(name);
  for (const name of Object.keys(now.attributes)) {
    const value = now.attributes[name] ?? '';
    if (old.attributes[name] !== value) node.setAttribute(name, value);
  }
}

function setText(drawn: Drawn, node: Text, old: string, now: string): void {
  if (now.startsWith(old)) node.appendData(now.slice(old.length));
  else {
    let same = 0;
    while (same < now.length && now[same] === old[same]) same++;
    node.replaceData(same, old.length - same, now.slice(same));
  }
  drawn.piece = now;
}

const textOfPiece = (piece: Piece): string =>
  typeof piece === 'string' ? piece : piece.inside.map(textOfPiece).join('');

/**
 * Compares the drawn nodes to the content of a new element. `text` is the rest of the first text. Returns how many nodes
 * the element takes, and the rest of the last one's text that it does not take, or nothing if they differ.
 */
function matchPieces(
  drawn: readonly Drawn[],
  text: string,
  pieces: readonly Piece[],
): [count: number, rest: string] | undefined {
  let rest = text;
  let count = 1;
  for (const [index, piece] of withIndex(pieces)) {
    if (typeof piece === 'string') {
      if (index + 1 < pieces.length ? rest !== piece : !rest.startsWith(piece)) return undefined;
      rest = rest.slice(piece.length);
      continue;
    }
    const next = drawn[count++]?.piece;
    if (rest || typeof next !== 'object' || next.tag !== piece.tag || textOfPiece(next) !== textOfPiece(piece))
      return undefined;
    const after = drawn[count]?.piece;
    if (typeof after !== 'string') continue;
    rest = after;
    count++;
  }
  return [count, rest];
}

/** The characters that may precede the text of a new element: its syntax, and the end of the element before. */
const syntax = /^(?:\](?:\[[^\]]*\])?)?.{0,3}$/;

/**
 * Moves drawn nodes into a new element and removes the syntax around them. The first one is the text at `index`, without
 * its first `keep` characters. Returns `false` if the nodes are not the element's content.
 */
function wrap(drawn: Drawn[], index: number, keep: number, shape: Shape): boolean {
  const first = drawn[index]?.node;
  const [head] = shape.inside;
  if (!(first instanceof Text) || head === undefined) return false;
  const text = first.data.slice(keep);
  const lead = typeof head === 'string' ? text.indexOf(head) : text.length;
  if (lead === -1 || !syntax.test(text.slice(0, lead))) return false;
  const match = matchPieces(drawn.slice(index), text.slice(lead), shape.inside);
  if (!match) return false;
  const [count, rest] = match;
  const own = keep ? first.splitText(keep) : first;
  own.deleteData(0, lead);
  const start = keep ? index + 1 : index;
  drawn.splice(start, keep ? 0 : 1, {piece: own.data, node: own, inside: []});
  const moved = drawn.splice(start, count);
  const end = moved.at(-1);
  if (end?.node instanceof Text && rest) {
    const after = end.node.splitText(end.node.length - rest.length);
    end.piece = end.node.data;
    drawn.splice(start, 0, {piece: rest, node: after, inside: []});
  }
  const element = createEmpty(shape);
  own.before(element);
  // A text node that got empty is removed.
  for (const {piece, node} of moved) if (piece === '') node.remove();
  const inside = moved.filter(({piece}) => piece !== '');
  element.append(...inside.map(({node}) => node));
  drawn.splice(start, 0, {piece: shape, node: element, inside});
  patch(element, inside, shape.inside);
  return true;
}

/** Changes the `drawn` children of `parent` to match `pieces`, with as few changes as possible. */
export function patch(parent: Element, drawn: Drawn[], pieces: readonly Piece[]): void {
  for (const [index, piece] of withIndex(pieces)) {
    const old = drawn[index];
    if (old && (old.piece === piece || follow(drawn, index, pieces))) continue;
    for (const gone of drawn.splice(index)) gone.node.remove();
    // The new nodes are added together.
    const fresh = pieces.slice(index);
    draw(parent, fresh);
    drawn.push(...findDrawn(parent, fresh));
    return;
  }
  for (const gone of drawn.splice(pieces.length)) gone.node.remove();
}

/** Changes the node at `index` to match its piece. Returns `false` if that needs another node. */
function follow(drawn: Drawn[], index: number, pieces: readonly Piece[]): boolean {
  const old = drawn[index];
  const piece = pieces[index];
  if (!old || piece === undefined) return false;
  const {node} = old;
  if (typeof piece === 'string') {
    if (!(node instanceof Text) || typeof old.piece !== 'string') return false;
    const next = pieces[index + 1];
    // The text behind an element that was just wrapped still begins with the syntax that closed it.
    const at = old.piece.startsWith(']') ? old.piece.indexOf(piece) : 0;
    if (typeof next === 'object' && old.piece.startsWith(piece, at) && wrap(drawn, index, at + piece.length, next)) {
      node.deleteData(0, at);
      old.piece = piece;
    } else setText(old, node, old.piece, piece);
    return true;
  }
  if (node instanceof Text) return wrap(drawn, index, 0, piece);
  if (!(node instanceof HTMLElement) || typeof old.piece !== 'object') return false;
  if (old.piece.tag !== piece.tag || old.piece.key !== piece.key) return false;
  updateAttributes(node, old.piece, piece);
  old.piece = piece;
  patch(node, old.inside, piece.inside);
  return true;
}

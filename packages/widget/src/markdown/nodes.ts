/**
 * Inline nodes as data, and how the DOM follows them: what stays equal is not touched, text only grows at its end,
 * and a text that turns out to hold an element is split there. Knows no Markdown.
 */
export interface Shape {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly inside: readonly Piece[];
  /** Runs once on the new element; what has another key is another element. */
  readonly made?: (element: HTMLElement) => void;
  readonly key?: string;
}
/** Text, or an element. No two texts stand side by side. */
export type Piece = string | Shape;

export interface Drawn {
  piece: Piece;
  readonly node: ChildNode;
  readonly inside: Drawn[];
}

/** Puts what `pieces` say behind the children of `parent`. Keeps hold of no node: most texts are drawn only once. */
export function draw(parent: Element, pieces: readonly Piece[]): void {
  for (const piece of pieces) {
    if (typeof piece !== 'string') parent.append(create(piece));
    else if (parent.hasChildNodes()) parent.append(piece);
    else parent.textContent = piece;
  }
}

/** The nodes that stand for `pieces`, which are the last children of `parent`. */
export function findDrawn(parent: Node, pieces: readonly Piece[]): Drawn[] {
  const drawn: Drawn[] = [];
  // From behind: a paragraph that grows has many children, and few are new.
  let node = parent.lastChild;
  for (const piece of pieces.toReversed()) {
    if (!node) break;
    drawn.push({piece, node, inside: typeof piece === 'string' ? [] : findDrawn(node, piece.inside)});
    node = node.previousSibling;
  }
  return drawn.reverse();
}

function create(shape: Shape): HTMLElement {
  const node = createEmpty(shape);
  draw(node, shape.inside);
  return node;
}

function createEmpty(shape: Shape): HTMLElement {
  const node = document.createElement(shape.tag);
  for (const name in shape.attributes) node.setAttribute(name, shape.attributes[name] ?? '');
  shape.made?.(node);
  return node;
}

function updateAttributes(node: HTMLElement, old: Shape, now: Shape): void {
  for (const name in old.attributes) if (!(name in now.attributes)) node.removeAttribute(name);
  for (const name in now.attributes) {
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
 * Compares what is drawn with what a new element is to hold. `text` is what is left of the first text. Returns how many
 * nodes belong into the element, and how much of the last one's text does not; nothing if something else is drawn.
 */
function matchPieces(
  drawn: readonly Drawn[],
  text: string,
  pieces: readonly Piece[],
): [count: number, rest: string] | undefined {
  let rest = text;
  let count = 1;
  for (const [index, piece] of pieces.entries()) {
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

/** What may stand before the text of a new element: its own syntax, and what closed the element before. */
const syntax = /^(?:\](?:\[[^\]]*\])?)?.{0,3}$/;

/**
 * Makes an element of what is drawn from `index` on, behind the first `keep` characters of that text: moves those nodes
 * into it and takes away the syntax around them. `false` if they do not fit.
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
  // No text may be empty.
  for (const {piece, node} of moved) if (piece === '') node.remove();
  const inside = moved.filter(({piece}) => piece !== '');
  element.append(...inside.map(({node}) => node));
  drawn.splice(start, 0, {piece: shape, node: element, inside});
  patch(element, inside, shape.inside);
  return true;
}

/** Makes the children of `parent` that `drawn` knows look like `pieces`, touching as little as can be. */
export function patch(parent: Element, drawn: Drawn[], pieces: readonly Piece[]): void {
  for (const [index, piece] of pieces.entries()) {
    const old = drawn[index];
    if (old && (old.piece === piece || follow(drawn, index, pieces))) continue;
    for (const gone of drawn.splice(index)) gone.node.remove();
    // All that is new goes in at once.
    const fresh = pieces.slice(index);
    draw(parent, fresh);
    drawn.push(...findDrawn(parent, fresh));
    return;
  }
  for (const gone of drawn.splice(pieces.length)) gone.node.remove();
}

/** Makes the node at `index` look like its piece. `false` if it has to be another node. */
function follow(drawn: Drawn[], index: number, pieces: readonly Piece[]): boolean {
  const old = drawn[index];
  const piece = pieces[index];
  if (!old || piece === undefined) return false;
  const {node} = old;
  if (typeof piece === 'string') {
    if (!(node instanceof Text) || typeof old.piece !== 'string') return false;
    const next = pieces[index + 1];
    // Behind an element that was wrapped before, the text begins with what closed it.
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

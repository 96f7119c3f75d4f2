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
  if (now === old) return;
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
 * Makes an element of what is drawn from `index` on, behind the first `keep` characters of that text: moves those nodes
 * into it and takes away the syntax around them. `false` when they do not fit.
 */
function wrap(drawn: Drawn[], index: number, keep: number, shape: Shape): boolean {
  const first = drawn[index]?.node;
  const [head] = shape.inside;
  if (!(first instanceof Text) || head === undefined) return false;
  let text = first.data.slice(keep);
  const lead = typeof head === 'string' ? text.indexOf(head) : text.length;
  // Only the syntax itself may stand between, with what closed the element before.
  if (lead === -1 || !/^(?:\](?:\[[^\]]*\])?)?.{0,3}$/.test(text.slice(0, lead))) return false;
  text = text.slice(lead);
  let last = index;
  for (const [at, piece] of shape.inside.entries()) {
    if (typeof piece === 'string') {
      if (at + 1 < shape.inside.length ? text !== piece : !text.startsWith(piece)) return false;
      text = text.slice(piece.length);
      continue;
    }
    const next = drawn[++last]?.piece;
    if (text || typeof next !== 'object' || next.tag !== piece.tag || textOfPiece(next) !== textOfPiece(piece))
      return false;
    const after = drawn[last + 1]?.piece;
    if (typeof after !== 'string') continue;
    text = after;
    last++;
  }
  const own = keep ? first.splitText(keep) : first;
  own.deleteData(0, lead);
  const inside = drawn.splice(index + (keep ? 1 : 0), last - index + (keep ? 0 : 1));
  if (keep) inside.unshift({piece: own.data, node: own, inside: []});
  else if (inside[0]) inside[0].piece = own.data;
  const element = createEmpty(shape);
  own.before(element);
  const end = inside.at(-1);
  const parts: Drawn[] = [{piece: shape, node: element, inside}];
  if (end?.node instanceof Text && text) {
    const after = end.node.splitText(end.node.length - text.length);
    end.piece = end.node.data;
    parts.push({piece: text, node: after, inside: []});
  }
  element.append(...inside.map(({node}) => node));
  for (const empty of inside.filter(({node}) => node instanceof Text && !node.length)) {
    empty.node.remove();
    inside.splice(inside.indexOf(empty), 1);
  }
  patch(element, inside, shape.inside);
  drawn.splice(index + (keep ? 1 : 0), 0, ...parts);
  return true;
}

/** Makes the children of `parent` that `drawn` knows look like `pieces`, touching as little as can be. */
export function patch(parent: Element, drawn: Drawn[], pieces: readonly Piece[]): void {
  for (const [index, piece] of pieces.entries()) {
    const old = drawn[index];
    if (old) {
      if (old.piece === piece) continue;
      const {node} = old;
      if (typeof piece === 'string') {
        if (node instanceof Text && typeof old.piece === 'string') {
          const next = pieces[index + 1];
          if (typeof next === 'object' && old.piece !== piece) {
            // Behind what was wrapped before stands what closed it.
            const at = old.piece.startsWith(']') ? old.piece.indexOf(piece) : 0;
            if (old.piece.startsWith(piece, at) && wrap(drawn, index, at + piece.length, next)) {
              node.deleteData(0, at);
              old.piece = piece;
              continue;
            }
          }
          setText(old, node, old.piece, piece);
          continue;
        }
      } else if (node instanceof Text) {
        if (wrap(drawn, index, 0, piece)) continue;
      } else if (
        node instanceof HTMLElement &&
        typeof old.piece === 'object' &&
        old.piece.tag === piece.tag &&
        old.piece.key === piece.key
      ) {
        updateAttributes(node, old.piece, piece);
        old.piece = piece;
        patch(node, old.inside, piece.inside);
        continue;
      }
      for (const gone of drawn.splice(index)) gone.node.remove();
    }
    // All that is new goes in at once.
    const fresh = pieces.slice(index);
    draw(parent, fresh);
    drawn.push(...findDrawn(parent, fresh));
    return;
  }
  for (const gone of drawn.splice(pieces.length)) gone.node.remove();
}

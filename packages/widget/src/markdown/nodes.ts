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
  readonly node: Text | HTMLElement;
  readonly inside: Drawn[];
}

function draw(piece: Piece): Drawn {
  if (typeof piece === 'string') return {piece, node: document.createTextNode(piece), inside: []};
  const node = shell(piece);
  const inside = piece.inside.map(draw);
  node.append(...inside.map((each) => each.node));
  return {piece, node, inside};
}

function shell(shape: Shape): HTMLElement {
  const node = document.createElement(shape.tag);
  for (const name in shape.attributes) node.setAttribute(name, shape.attributes[name] ?? '');
  shape.made?.(node);
  return node;
}

function follow(node: HTMLElement, old: Shape, now: Shape): void {
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

/**
 * Wraps a part of a text node in place. The characters before it stay in `node`, unless there are none to keep;
 * returns what was drawn for the element and for the text after it.
 */
function wrap(node: Text, keep: number, shape: Shape): Drawn[] | undefined {
  const words = shape.inside.length === 1 && typeof shape.inside[0] === 'string' ? shape.inside[0] : '';
  const at = words ? node.data.indexOf(words, keep) : -1;
  // Only the syntax itself may stand between.
  if (at === -1 || at > keep + 3) return undefined;
  const own = keep ? node.splitText(keep) : node;
  const after = own.splitText(at - keep + words.length);
  own.deleteData(0, at - keep);
  const element = shell(shape);
  own.before(element);
  element.append(own);
  return [
    {piece: shape, node: element, inside: [{piece: words, node: own, inside: []}]},
    {piece: after.data, node: after, inside: []},
  ];
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
          if (typeof next === 'object' && old.piece !== piece && old.piece.startsWith(piece)) {
            const parts = wrap(node, piece.length, next);
            if (parts) {
              old.piece = piece;
              drawn.splice(index + 1, 0, ...parts);
              continue;
            }
          }
          setText(old, node, old.piece, piece);
          continue;
        }
      } else if (node instanceof Text) {
        const parts = wrap(node, 0, piece);
        if (parts) {
          drawn.splice(index, 1, ...parts);
          continue;
        }
      } else if (typeof old.piece === 'object' && old.piece.tag === piece.tag && old.piece.key === piece.key) {
        follow(node, old.piece, piece);
        old.piece = piece;
        patch(node, old.inside, piece.inside);
        continue;
      }
      for (const gone of drawn.splice(index)) gone.node.remove();
    }
    const made = draw(piece);
    const last = drawn.at(-1);
    if (last) last.node.after(made.node);
    else parent.append(made.node);
    drawn.push(made);
  }
  for (const gone of drawn.splice(pieces.length)) gone.node.remove();
}

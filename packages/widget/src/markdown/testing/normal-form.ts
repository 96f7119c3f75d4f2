/**
 * Writes two renderings in the same way, so that they can be compared: ours, and marked's HTML as the browser parses it.
 * Leaves out our additions around the content, the `<p>` in list items, and invisible white space.
 */
const blocks = new Set(
  'P H1 H2 H3 H4 H5 H6 UL OL LI BLOCKQUOTE PRE TABLE THEAD TBODY TR TH TD HR DIV DETAILS SUMMARY'.split(' '),
);
const added = new Set(['dir', 'rel', 'target', 'data-host', 'data-misleads', 'tabindex', 'aria-label', 'aria-level']);
const edge = '¦';

export function normalForm(root: Element, ours: boolean): string {
  const out: string[] = [];
  const inside = (node: Node, pre: boolean): void => {
    for (const child of node.childNodes) walk(child, pre);
  };
  const walk = (node: Node, pre: boolean): void => {
    if (node instanceof Text) {
      out.push(pre ? node.data : node.data.replace(/\s+/g, ' '));
      return;
    }
    if (!(node instanceof Element)) return;
    if (ours && node.matches('.code-bar, .table-bar, .unfold')) return;
    if (ours && node.matches('.part, .code, .table, .table-scroll, .lines')) return inside(node, pre);
    if (node.localName === 'p' && node.parentElement?.localName === 'li') {
      out.push(edge);
      inside(node, pre);
      out.push(edge);
      return;
    }
    const attributes = [...node.attributes]
      .filter(({name, value}) => !ours || !(added.has(name) || (name === 'class' && !value.startsWith('language-'))))
      .map(({name, value}) => `${name}=${JSON.stringify(value)}`);
    const mark = blocks.has(node.tagName) ? edge : '';
    const [, depth] = /^h([1-6])$/.exec(node.localName) ?? [];
    // Headings of a message begin at the third level.
    const name = depth && !ours ? `h${Math.min(6, Number(depth) + 2)}` : node.localName;
    out.push(mark, `<${[name, ...attributes.sort()].join(' ')}>`, mark);
    inside(node, pre || node.localName === 'pre');
    out.push(mark, `</${name}>`, mark);
  };
  inside(root, false);
  return out
    .join('')
    .replace(/ {2,}/g, ' ')
    .replace(/ *¦[ ¦]*/g, '|')
    .replace(/^[ |]+|[ |]+$/g, '');
}

/** Small questions to a tree of HTML as parse5 makes it. */
import type {DefaultTreeAdapterTypes} from 'parse5';

export type Node = DefaultTreeAdapterTypes.Node;
export type Element = DefaultTreeAdapterTypes.Element;
export type Document = DefaultTreeAdapterTypes.Document;

export function isElement(node: Node): node is Element {
  return 'tagName' in node;
}

export function isText(node: Node): node is DefaultTreeAdapterTypes.TextNode {
  return node.nodeName === '#text';
}

export function childrenOf(node: Node): readonly Node[] {
  return 'childNodes' in node ? node.childNodes : [];
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((attr) => attr.name === name)?.value;
}

/** The words of an attribute that is a list, in lower case. */
export function tokensOf(element: Element, name: string): readonly string[] {
  const value = attribute(element, name);
  return value === undefined ? [] : value.toLowerCase().split(/\s+/).filter(Boolean);
}

/** All elements below a node, in the order of the document. */
export function elementsBelow(node: Node): readonly Element[] {
  const elements: Element[] = [];
  const visit = (parent: Node) => {
    for (const child of childrenOf(parent)) {
      if (!isElement(child)) continue;
      elements.push(child);
      visit(child);
    }
  };
  visit(node);
  return elements;
}

export function findElement(node: Node, fits: (element: Element) => boolean): Element | undefined {
  for (const child of childrenOf(node)) {
    if (!isElement(child)) continue;
    const found = fits(child) ? child : findElement(child, fits);
    if (found) return found;
  }
  return undefined;
}

/** Its text with every white space as one space. */
export function plainTextOf(node: Node): string {
  return rawTextOf(node).replaceAll(/\s+/g, ' ').trim();
}

/** Its text as it stands, with a line break for each `<br>`. */
export function rawTextOf(node: Node, isLeftOut: (element: Element) => boolean = () => false): string {
  if (isText(node)) return node.value;
  if (isElement(node) && node.tagName === 'br') return '\n';
  let text = '';
  for (const child of childrenOf(node)) {
    if (!isElement(child) || !isLeftOut(child)) text += rawTextOf(child, isLeftOut);
  }
  return text;
}

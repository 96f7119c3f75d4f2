/** Plain DOM, for the parts of the chat that do without Lit. */

type Tags =
  | 'a'
  | 'b'
  | 'button'
  | 'dd'
  | 'dialog'
  | 'div'
  | 'dl'
  | 'dt'
  | 'h2'
  | 'input'
  | 'kbd'
  | 'label'
  | 'li'
  | 'ol';

/** Makes an element with its attributes and children, for the parts of the chat that are plain DOM. */
export function makeElement<Tag extends Tags | 'p' | 'span'>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

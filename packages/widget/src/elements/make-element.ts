/** Plain DOM, for the parts of the chat that do without Lit. */

type Name =
  | 'a'
  | 'b'
  | 'button'
  | 'dd'
  | 'dialog'
  | 'div'
  | 'fieldset'
  | 'form'
  | 'dl'
  | 'dt'
  | 'h2'
  | 'iframe'
  | 'input'
  | 'kbd'
  | 'label'
  | 'legend'
  | 'li'
  | 'mark'
  | 'ol'
  | 'option'
  | 'p'
  | 'select'
  | 'span';

/** Makes an element with its attributes and children. */
export function makeElement<Tag extends Name>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Makes a style sheet. The function puts it into a shadow root or a document, unless it is there. */
export function makeStyles(text: string): (root: DocumentOrShadowRoot) => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return ({adoptedStyleSheets}) => {
    if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
  };
}

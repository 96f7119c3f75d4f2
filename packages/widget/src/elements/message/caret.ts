/** Marks the place where the text of an answer grows. Creates no nodes, so that the text is the same with and without it. */

/** The elements that hold blocks, and the elements of code. */
const holders = new Set('div ul ol li blockquote details table thead tbody tr pre code'.split(' '));

/** The element at the end of which text grows: the last block that holds text. */
export function findEnd(root: Element): Element | undefined {
  let end = root;
  while (holders.has(end.localName)) {
    let last = end.lastElementChild;
    // A row has all its cells from the beginning.
    while (last && (last.localName === 'button' || (last.localName === 'td' && !last.firstChild)))
      last = last.previousElementSibling;
    if (!last) break;
    end = last;
  }
  return end === root || /^(?:hr|br|tr|table|pre)$/.test(end.localName) ? undefined : end;
}

/** Moves the attribute `data-caret` to the end of the text, or takes it away from the text that it is on. */
export class Caret {
  #on: Element | undefined;

  moveTo(end: Element | undefined): void {
    if (end === this.#on) return;
    this.#on?.removeAttribute('data-caret');
    end?.setAttribute('data-caret', '');
    this.#on = end;
  }
}

/** Finds the places that Tab reaches, through shadow roots and slots, and keeps Tab inside a box that is modal. Keeps no state. */

const candidates = 'a[href], button:enabled, input:enabled, select, textarea:enabled, summary, [tabindex]';

/** The elements that Tab reaches inside `root`, in the order of the page. */
export function findTabbable(root: Element | ShadowRoot): readonly HTMLElement[] {
  const assigned = root instanceof HTMLSlotElement ? root.assignedElements() : [];
  const {children} = root instanceof Element ? (root.shadowRoot ?? root) : root;
  return [...(assigned.length > 0 ? assigned : children)].flatMap((element) => {
    if (!(element instanceof HTMLElement) || element.inert) return [];
    const own = element.matches(candidates) && element.tabIndex >= 0 && isVisible(element) ? [element] : [];
    return [...own, ...findTabbable(element)];
  });
}

/** Whether the visitor's main pointer is a finger: then a field that gets the focus raises the keyboard. */
export function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches;
}

export function isVisible(element: Element): boolean {
  return element.isConnected && element.checkVisibility({visibilityProperty: true});
}

/** The element that has the focus, through all shadow roots. */
export function findFocused(root: Document | ShadowRoot = document): Element | null {
  const {activeElement} = root;
  return (activeElement?.shadowRoot && findFocused(activeElement.shadowRoot)) ?? activeElement;
}

/** Handles Tab in a modal box: goes from its last place to its first, and back. */
export function keepTabInside(event: KeyboardEvent, box: Element | ShadowRoot): void {
  if (event.key !== 'Tab' || event.defaultPrevented) return;
  const places = findTabbable(box);
  const focused = findFocused();
  const edge = event.shiftKey ? places[0] : places.at(-1);
  if (focused !== edge && places.some((place) => place === focused)) return;
  event.preventDefault();
  (event.shiftKey ? places.at(-1) : places[0])?.focus();
}

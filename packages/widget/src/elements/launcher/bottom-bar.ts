/**
 * Finds a bar that the page has fixed to the bottom of the window, such as a cookie banner or a tab bar, so that the
 * launcher's button stands above it and does not cover what is in it. Knows no launcher.
 */

/** Milliseconds after the start in which banners appear. */
const times = [0, 1000, 3000];

/**
 * Calls back with the height of the bar under `button` in pixels, or 0, when one is found, changes or goes. Returns a
 * function that ends it.
 */
export function watchBottomBar(button: HTMLElement, onChange: (height: number) => void): () => void {
  let height = 0;
  let seen: Element | undefined;
  const sizes = new ResizeObserver(look);
  const timers = times.map((time) => setTimeout(look, time));
  addEventListener('resize', look);
  function look(): void {
    const bar = findBar(button);
    // Not again for the same one: each observation begins with a call.
    if (bar !== seen) {
      sizes.disconnect();
      if (bar) sizes.observe(bar);
      seen = bar;
    }
    const found = bar ? innerHeight - bar.getBoundingClientRect().top : 0;
    if (found !== height) onChange((height = found));
  }
  return () => {
    timers.forEach(clearTimeout);
    sizes.disconnect();
    removeEventListener('resize', look);
  };
}

/** The bar: fixed or sticky, at the bottom, under the button, and not high enough to be a page of its own. */
function findBar(button: HTMLElement): Element | undefined {
  const {left, width} = button.getBoundingClientRect();
  for (const start of document.elementsFromPoint(left + width / 2, innerHeight - 2)) {
    for (let each: Element | null = start; each && each.localName !== 'chatlet-launcher'; each = each.parentElement) {
      const {top, height} = each.getBoundingClientRect();
      if (top > innerHeight / 2 && height > 0 && /fixed|sticky/.test(getComputedStyle(each).position)) return each;
    }
  }
  return undefined;
}

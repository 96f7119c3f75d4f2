/**
 * Sets formulas. Loaded when the first formula is complete. KaTeX writes MathML only, which the browser lays out itself,
 * without a style sheet, fonts or style attributes.
 */
import katex from 'katex';

/** Longer formulas stay as they were written. */
const longest = 2000;

export function typeset(element: HTMLElement, formula: string, display: boolean): void {
  if (formula.length > longest) return;
  const written = element.textContent;
  try {
    katex.render(formula, element, {
      displayMode: display,
      output: 'mathml',
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxExpand: 300,
      maxSize: 20,
      // KaTeX writes a style attribute for these two, so they become others that look nearly the same.
      macros: {'\\pmb': '\\boldsymbol{#1}', '\\fcolorbox': '\\boxed{#3}'},
    });
  } catch {
    // KaTeX does not know this formula. It stays as it was written.
    element.textContent = written;
  }
}

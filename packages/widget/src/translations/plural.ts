/** Chooses the form that a word takes after a number, by the plural rules of CLDR. */

type Forms = {readonly other: string} & {readonly [Rule in Intl.LDMLPluralRule]?: string};

/**
 * A function that writes a number with its word: `#` in a form stands for the number, in the language's digits. `other` is
 * the form of every rule without one of its own.
 *
 * @example pluralsOf('pl')(3, {one: '# zdanie', few: '# zdania', other: '# zdań'}) // '3 zdania'
 */
export function pluralsOf(language: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count));
}

/** Fetches what knows wrong values of attributes, if an element has an attribute that may have one (K23). */

/** The first ones are on whatever their value is, so only this value is a mistake. */
const mayBeWrong =
  /^(?:(?:answer-cache|math|open|page-font|search|temporary)=false$|(?:api|consent|credentials|history(?:-limit)?|position|starters|storage|theme|webmcp)=)/;

export function warnOfMistakes(element: Element): void {
  if (![...element.attributes].some(({name, value}) => mayBeWrong.test(`${name}=${value}`))) return;
  import('./mistakes.ts').then(
    (mistakes) => mistakes.warnOfMistakes(element),
    // The chunk could not be fetched: a wrong value counts as none, as it does with the advice.
    () => {},
  );
}

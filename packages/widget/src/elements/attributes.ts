/** Fetches what knows wrong attributes, if an element has an attribute that may be wrong (K23). */

/** Those that are right whatever their value is, switches that are on, and those of HTML and of frameworks. */
const right =
  /^(?:(?:ai-notice|chat-id|class|contact|dir|disclaimer|endpoint|exportparts|greeting|heading|hidden|id|introduction|lang|model|offset-[xy]|part|placeholder|role|section|slot|style|subheading|tabindex|title)=|(?:answer-cache|math|open|page-font|search|temporary)=$|aria-|data-|on|_)/;

export function warnOfMistakes(element: Element): void {
  if ([...element.attributes].every(({name, value}) => right.test(`${name}=${value}`))) return;
  import('./mistakes.ts').then(
    (mistakes) => mistakes.warnOfMistakes(element),
    // The chunk could not be fetched: a wrong value counts as none, as it does with the advice.
    () => {},
  );
}

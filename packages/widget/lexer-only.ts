/**
 * marked without the half that writes HTML, for builds that end in one file. marked ties its parser and renderers to the
 * function `marked` in statements at the end of its module, which no bundler dares to drop; without these statements the
 * bundler sees by itself that only the lexer is used. Knows no bundler.
 */

/** What a build has to hand to `lexerOnly`. */
export const markedModule = /[\\/]marked[\\/]lib[\\/]marked\.esm\.js$/;

/** The module's source, with `Lexer` as its one export. Throws when marked is no longer built in the way that is known. */
export function lexerOnly(source: string): string {
  const start = source.lastIndexOf('export{');
  const names = new Map(
    [...source.slice(start).matchAll(/([\w$]+) as (\w+)/g)].map(([, local = '', name = '']) => [name, local]),
  );
  const end = source.lastIndexOf(`=new ${names.get('Marked')};`, start);
  const tail = source.lastIndexOf('var ', end);
  const lexer = names.get('Lexer');
  if (start === -1 || end === -1 || tail === -1 || lexer === undefined || end - tail > 20) {
    throw new Error('marked is built in another way than before: lexer-only.ts has to learn it, or go.');
  }
  return `${source.slice(0, tail)}export{${lexer} as Lexer};\n`;
}

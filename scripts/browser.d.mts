/** Arguments for a headless run without a sandbox and without the browser's own background traffic. */
export const browserArguments: string[];
/** The path of an installed browser. Throws an error that says how to get one where there is none. */
export function findBrowser(): string;
/** The same, installing one first where that is possible. */
export function ensureBrowser(): string;

/** The few words that the engine adds to a message, in English unless the page has its own. */
export interface MarkdownWords {
  readonly copyCode: string;
  readonly copyTable: string;
  readonly copied: string;
  readonly taskDone: string;
  readonly taskOpen: string;
  /** The titles of GitHub's alerts. */
  readonly alerts: Readonly<Record<'note' | 'tip' | 'important' | 'warning' | 'caution', string>>;
  /** The label of the button that stands for an image of another site. */
  readonly loadImage: (host: string) => string;
  /** The button below long code, of which the first lines are shown. */
  readonly showLines: (lines: number) => string;
}

export const markdownEnglish: MarkdownWords = {
  copyCode: 'Copy',
  copyTable: 'Copy table',
  copied: 'Copied',
  taskDone: 'Done',
  taskOpen: 'To do',
  alerts: {note: 'Note', tip: 'Tip', important: 'Important', warning: 'Warning', caution: 'Caution'},
  loadImage: (host) => `Show image from ${host}`,
  showLines: (lines) => `Show all ${lines} lines`,
};

/** Settings of the public API that concern HTTP and the page. Knows no Express. */
export interface ListenOptions {
  /** 0 chooses a free port. */
  readonly port: number;
  /** Only this machine by default; `0.0.0.0` for all. */
  readonly host?: string;
}

/** Where a server listens. */
export interface ListeningServer {
  readonly url: string;
  /** The chosen port, also if 0 was asked for. */
  readonly port: number;
}

/** `local` shows the description to this machine, `public` to everybody, `off` to nobody. */
export type DocsAccess = 'local' | 'public' | 'off' | {readonly token: string};

/** Texts of the widget, unless the page sets them by attributes. */
export interface PageConfig {
  /** The name in the header; `subheading` is the line below. */
  readonly heading?: string;
  /** The line below the heading. */
  readonly subheading?: string;
  /** Shown above the first question; `introduction` is the sentence below. */
  readonly greeting?: string;
  /** The sentence below the greeting. */
  readonly introduction?: string;
  /** Says before the first question that no human answers; `off` hides it. */
  readonly aiNotice?: string;
  /** Suggested first questions, as buttons. */
  readonly starters?: readonly string[];
  /** A line below the composer. */
  readonly disclaimer?: string;
  /** Shown in the empty composer. */
  readonly placeholder?: string;
  /** An address or a mail address, for questions that the site's pages do not answer. */
  readonly contact?: string;
  /** Whether formulas between `$`, `$$`, `\\(` and `\\[` are set. */
  readonly math?: boolean;
  /** Words in place of some of the widget's, in groups as in its `Words`. */
  readonly strings?: PageStrings;
}

/** At most three levels: `{errors: {network: {title: 'You are offline.'}}}`. */
export interface PageStrings {
  readonly [name: string]: string | PageStrings;
}

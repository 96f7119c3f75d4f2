/** Questions that others have prepared, such as the prompts of an MCP server. Knows no server and no page. */

/** A prepared question. */
export interface Prompt {
  /** A line that stands for it. */
  readonly title: string;
  /** The question itself. */
  readonly text: string;
}

/** Where prompts come from. */
export interface PromptSource {
  /** The prompts that are known now. Never waits: it may look for newer ones meanwhile. */
  prompts(): readonly Prompt[];
  /** Called when the server closes. */
  close?(): Promise<void>;
}

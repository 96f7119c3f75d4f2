/** The entry of the Markdown engine, which turns growing text into a growing DOM. Knows no Lit and no chat. */
export {whenCalm} from './frame-scheduler.ts';
export {type MarkdownOptions, MarkdownView} from './view.ts';
export type {Mark, Marks, Renderer, Renderers} from './message-context.ts';
export {markdownStyles} from './markdown.styles.ts';
export {warmUp} from './warm-up.ts';
export type {MarkdownWords} from './words.ts';

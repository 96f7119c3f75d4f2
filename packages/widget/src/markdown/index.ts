/** Text that grows becomes DOM that grows. The entry of the Markdown engine; knows no Lit and no chat. */
export {type MarkdownOptions, MarkdownView} from './view.ts';
export {markdownStyles} from './markdown.styles.ts';
export {warmUp} from './warm-up.ts';
export {markdownEnglish, type MarkdownWords} from './words.ts';

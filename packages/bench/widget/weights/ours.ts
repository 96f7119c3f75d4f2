/** What a page imports to show one answer with our engine. */
export {MarkdownView, markdownStyles} from '../../../widget/src/markdown/index.ts';

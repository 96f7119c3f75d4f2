/** The imports of a page that shows one answer with our engine. */
export {MarkdownView, markdownStyles} from '../../../widget/src/markdown/index.ts';

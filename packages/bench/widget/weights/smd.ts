/** The imports of a page that shows one answer with streaming-markdown. */
export {default_renderer, parser, parser_end, parser_write} from 'streaming-markdown';

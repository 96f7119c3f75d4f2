/** What a page imports to show one answer with streaming-markdown. */
export {default_renderer, parser, parser_end, parser_write} from 'streaming-markdown';

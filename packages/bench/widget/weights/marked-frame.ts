/** What a page imports to render with marked and DOMPurify. */
export {default as DOMPurify} from 'dompurify';
export {marked} from 'marked';

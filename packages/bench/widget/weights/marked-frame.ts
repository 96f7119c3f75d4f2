/** The imports of a page that renders with marked and DOMPurify. */
export {default as DOMPurify} from 'dompurify';
export {marked} from 'marked';

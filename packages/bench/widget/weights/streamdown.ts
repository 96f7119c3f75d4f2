/** The imports of a page without React that shows one answer with Streamdown. */
export {createElement} from 'react';
export {createRoot} from 'react-dom/client';
export {Streamdown} from 'streamdown';

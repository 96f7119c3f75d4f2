/** What a page imports to show one answer with Streamdown where React is not there yet. */
export {createElement} from 'react';
export {createRoot} from 'react-dom/client';
export {Streamdown} from 'streamdown';

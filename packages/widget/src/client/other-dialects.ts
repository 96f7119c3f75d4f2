/** What a page of our own server rarely needs: how other servers, and those between, write answers and errors. Fetched then. */
export {createLazyReader, errorFromResponse} from '@chatlet/protocol';

/** Finds the documents of the demo model: a folder of the operator, or those of this project. */
import {markdownPassages} from '../retrieval/markdown-passages.ts';
import {readOwnDocuments} from '../retrieval/own-documents.ts';
import {type PassageIndex, passageIndex} from '../retrieval/passage-index.ts';
import {readFolder} from '../retrieval/read-documents.ts';

/** @throws if the folder cannot be read */
export async function indexDocuments(folder: string | undefined): Promise<PassageIndex> {
  const documents = folder === undefined ? await readOwnDocuments() : await readFolder(folder);
  return passageIndex(documents.flatMap(markdownPassages));
}

/** The store in memory keeps the contract that all stores keep. */
import {storeContract} from '../testing/store-contract.ts';
import {memoryStore} from './index.ts';

storeContract('memory', memoryStore);

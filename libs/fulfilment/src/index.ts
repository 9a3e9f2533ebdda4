export { FulfilmentApi, FulfilmentModule } from './fulfilment.module.js';

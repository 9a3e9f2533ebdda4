export { CartApi, CartModule, CartWorker } from './cart.module.js';

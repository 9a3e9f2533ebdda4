export { OrderApi, OrderModule, OrderWorker } from './order.module.js';

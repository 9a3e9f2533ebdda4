export { InventoryApi, InventoryGoodsWorker, InventoryModule, InventoryWorker } from './inventory.module.js';

export { InventoryApi, InventoryModule, InventoryWorker } from './inventory.module.js';

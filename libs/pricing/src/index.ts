export { PricingApi, PricingModule, PricingWorker } from './pricing.module.js';

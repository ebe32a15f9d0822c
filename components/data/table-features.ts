import { columnVisibilityFeature, rowSelectionFeature, tableFeatures } from "@tanstack/react-table";

/** The parts of TanStack Table that DataTable uses; sorting, filtering and paging are the server's. */
export const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });
export type Features = typeof features;

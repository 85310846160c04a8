/** What files, neighbours and bad days may send: refused allocations, hostile inputs, long runs. */
package io.fsvideo.robust;

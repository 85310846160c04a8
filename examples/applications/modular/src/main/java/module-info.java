/** An application on the module path. */
module com.example.modular {
    requires io.fsvideo.core;
}

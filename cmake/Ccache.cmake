# ccache in front of the compilers. Paths are hashed relative to the source tree, so that every build folder shares one cache;
# the sloppiness is what ccache asks for with precompiled headers (gcc needs -fpch-preprocess as well, see Precompiled.cmake).
find_program(CCACHE ccache)
if(CCACHE)
    set(signalbox_launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
        CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE}")
    set(CMAKE_C_COMPILER_LAUNCHER ${signalbox_launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${signalbox_launcher})
endif()
